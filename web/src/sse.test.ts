import { describe, expect, test } from 'vitest';
import { EventReader } from './sse';

const whole = ': hello\n\nid: 4\nevent: snapshot\ndata: {"a":1}\n\nevent: change\ndata: one\ndata:two\n\n';
const wanted = [
  { name: 'snapshot', data: '{"a":1}' },
  { name: 'change', data: 'one\ntwo' },
];

describe('EventReader', () => {
  test('reads events and drops comments', () => {
    expect(new EventReader().read(whole)).toEqual(wanted);
  });

  test.each(['\n', '\r\n'])('reads pieces broken anywhere, lines ending in %j', (end) => {
    const text = whole.replaceAll('\n', end);
    for (let cut = 0; cut <= text.length; cut++) {
      const reader = new EventReader();
      expect([...reader.read(text.slice(0, cut)), ...reader.read(text.slice(cut))]).toEqual(wanted);
    }
  });

  test('an event without a name is a message, one without data is none', () => {
    expect(new EventReader().read('data: x\n\nevent: empty\n\n')).toEqual([{ name: 'message', data: 'x' }]);
  });

  test('an unfinished event is kept back', () => {
    const reader = new EventReader();
    expect(reader.read('data: half')).toEqual([]);
    expect(reader.read('\n')).toEqual([]);
    expect(reader.read('\n')).toEqual([{ name: 'message', data: 'half' }]);
  });
});
