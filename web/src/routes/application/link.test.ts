import { expect, test } from 'vitest';
import { keyIn, tokenIn } from './link';

test('the token and the code are read from behind the #', () => {
  expect(keyIn('#token=ab%2Bc&confirm=123456')).toEqual({ token: 'ab+c', confirm: '123456' });
  expect(keyIn('#content')).toEqual({ token: '', confirm: '' });
  expect(keyIn('')).toEqual({ token: '', confirm: '' });
});

test('a pasted link gives its token, and so does the token alone', () => {
  expect(tokenIn(' https://gremio.example.cl/solicitud/ap-1#token=abc ')).toBe('abc');
  expect(tokenIn('abc')).toBe('abc');
  expect(tokenIn('https://gremio.example.cl/solicitud/ap-1')).toBe('');
  expect(tokenIn('hola que tal')).toBe('');
});
