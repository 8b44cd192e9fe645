export type ServerEvent = { name: string; data: string };

/**
 * Reads text/event-stream piece by piece. Pieces may break anywhere, lines end in LF or CRLF;
 * comments and events without data are dropped, as the standard says.
 */
export class EventReader {
  #rest = '';
  #name = '';
  #data: string[] = [];

  read(piece: string): ServerEvent[] {
    this.#rest += piece;
    if (!piece.includes('\n')) return []; // a snapshot is one long line in many pieces
    const lines = this.#rest.split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') {
      const event = { name: this.#name || 'message', data: this.#data.join('\n') };
      const full = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return full ? event : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }
}
