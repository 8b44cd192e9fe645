import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server that `npm run dev` forwards the API to.
const api = process.env.GREMIO_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [
    // Class names follow the style's text alone, so that a build never depends on where it ran.
    svelte({ compilerOptions: { cssHash: ({ hash, css }) => `s-${hash(css)}` } }),
  ],
  assetsInclude: ['**/*.geojson'],
  // MapLibre 6 starts a module worker; another format leaves the map blank without an error.
  worker: { format: 'es' },
  build: {
    assetsInlineLimit: 0, // the content security policy allows no data: scripts
    chunkSizeWarningLimit: 1200, // MapLibre, loaded only once the page is usable
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' }, // of everything that is bundled
  },
  server: { proxy: { '/v1': api, '/readyz': api } },
  test: { include: ['src/**/*.test.ts'] },
});
