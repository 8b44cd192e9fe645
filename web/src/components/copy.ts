/**
 * Puts text on the clipboard and says whether it is there. Without TLS browsers offer only the
 * old command, and a guild may well run gremio on its own network without it.
 */
export async function copied(text: string): Promise<boolean> {
  try {
    if (!navigator.clipboard) return byCommand(text);
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byCommand(text);
  }
}

function byCommand(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
