import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { who } from './me.svelte';
import { prefs } from './prefs.svelte';

prefs.show();
void who.load(); // beside the page's own code, not after it
mount(App, { target: document.getElementById('app')! });
