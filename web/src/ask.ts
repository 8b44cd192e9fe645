// Requests to the server, and what it says when it refuses one.

import { toSignIn } from './door';

/** RFC 9457, with every wrong field at once. */
export type Problem = {
  title?: string;
  status?: number;
  detail?: string;
  errors?: { location?: string; message?: string }[];
};

/** A request that the server refused, or that never reached it (`status` 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;
  /** How long the server asks to wait, in seconds; 0 when it does not say. */
  readonly wait: number;

  constructor(status: number, problem: Problem = {}, wait = 0) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
    this.wait = wait;
  }

  /** What is wrong with a field of the body, in the server's words; undefined when nothing is. */
  wrong(field: string): string | undefined {
    const error = this.problem.errors?.find((e) => e.location === `body.${field}`);
    return error && (error.message ?? this.message);
  }
}

const patience = 15_000; // ms; a request unanswered for longer counts as not known

/**
 * Asks the server, and throws a Refusal. When the session has ended it leaves for the sign-in
 * page; `stranger` is for the requests of that page itself. A 401 that names a field of the body
 * is a wrong password or code, not an ended session.
 */
export async function ask<T = void>(method: string, path: string, body?: object, stranger = false): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body && JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new Refusal(0);
  }
  const json = await answer.json().catch(() => undefined);
  if (answer.ok) return json as T;
  const wait = Number(answer.headers.get('Retry-After')) || 0;
  const refusal = new Refusal(answer.status, (json ?? {}) as Problem, wait);
  const secret = refusal.problem.errors?.some((e) => e.location?.startsWith('body.'));
  if (answer.status === 401 && !stranger && !secret) return toSignIn();
  throw refusal;
}
