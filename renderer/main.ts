// Entry of the window.
import { createApp } from 'vue';
import App from './shell/App.vue';
import './base/theme.css';

createApp(App).mount('#app');
