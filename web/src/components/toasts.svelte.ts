// Short answers to what a person just did, shown by Toasts.svelte.

export type Toast = { id: number; tone: 'success' | 'failure'; text: string };

export const toasts = $state<{ list: Toast[] }>({ list: [] });

let next = 1;

/** Successes go after 5 s; a failure stays until it is dismissed. */
export function toast(tone: Toast['tone'], text: string) {
  const id = next++;
  toasts.list.push({ id, tone, text });
  if (tone === 'success') setTimeout(() => dismiss(id), 5000);
}

export function dismiss(id: number) {
  toasts.list = toasts.list.filter((one) => one.id !== id);
}
