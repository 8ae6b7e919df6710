// Exposes one typed object to the page; no logic.
import { contextBridge, ipcRenderer } from 'electron';

contextBridge.exposeInMainWorld('labBridge', {
  shell: 'electron',
  post: (message: unknown) => ipcRenderer.send('lab', message),
  on: (listener: (message: unknown) => void) => {
    ipcRenderer.on('lab', (_event, message) => listener(message));
  },
  onCommand: (listener: (id: string) => void) => {
    ipcRenderer.on('lab-command', (_event, id) => listener(id));
  },
});
