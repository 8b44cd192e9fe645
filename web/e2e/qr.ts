import type { Locator } from '@playwright/test';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';

// A CommonJS module whose default export node does not unwrap.
const decode = ((jsqr as unknown as { default?: typeof jsqr }).default ?? jsqr) as typeof jsqr;

/** What a phone's camera reads from the element as it is drawn on the screen. */
export async function scanned(element: Locator): Promise<string> {
  const { data, width, height } = PNG.sync.read(await element.screenshot());
  const code = decode(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error(`no QR code is to be seen in ${width} × ${height} pixels`);
  return code.data;
}
