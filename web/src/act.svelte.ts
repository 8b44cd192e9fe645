import { Refusal } from './ask';
import { t } from './i18n';

/** Says in words why an act was not done. */
export function why(error: unknown): string {
  if (!(error instanceof Refusal)) return error instanceof Error ? error.message : String(error);
  if (error.status === 429) return t('act.tooMany', { wait: waitText(error.wait) });
  const details = (error.problem.errors ?? []).map((e) => [e.location, e.message].filter(Boolean).join(': '));
  const said = [error.problem.detail, ...details].filter(Boolean).join(' · ');
  return said ? `${general(error.status)} (${said})` : general(error.status);
}

/** A wait in the coarsest unit that does not promise too little. */
export function waitText(seconds: number): string {
  return seconds <= 90 ? t('wait.s', { n: Math.max(1, Math.ceil(seconds)) }) : t('wait.min', { n: Math.ceil(seconds / 60) });
}

function general(status: number): string {
  if (status === 0) return t('act.unreached');
  if (status === 401) return t('act.identity');
  if (status === 403) return t('act.forbidden');
  if (status === 404) return t('act.gone');
  if (status === 409) return t('act.conflict');
  if (status === 503) return t('act.unknown');
  return t('act.failed', { status });
}

/** How long a button stays busy after a success, in ms: what changed arrives on the live stream. */
const settling = 1500;

/** The acts that one row offers. Each is sent once at a time; none holds up another. */
export class Acts {
  failure = $state('');
  #busy = $state<Record<string, boolean>>({});

  busy(name: string): boolean {
    return this.#busy[name] ?? false;
  }

  /** Returns whether the server took it; if not, `failure` says why. */
  async run(name: string, act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy(name)) return false;
    this.#busy[name] = true;
    this.failure = '';
    try {
      await act();
      setTimeout(() => (this.#busy[name] = false), settling);
      return true;
    } catch (error) {
      this.failure = why(error);
      this.#busy[name] = false;
      return false;
    }
  }
}
