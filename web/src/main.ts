import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { who } from './me.svelte';
import { prefs } from './prefs.svelte';

prefs.show();
void who.load(); // beside the page's own code, not after it
// Back and forward may bring a page from the browser's memory, after somebody signed out.
addEventListener('pageshow', (event) => {
  if (event.persisted) void who.load();
});
mount(App, { target: document.getElementById('app')! });
