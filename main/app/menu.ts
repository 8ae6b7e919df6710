// The menu, with the platform's habits. Its items are commands of the window, by id: what a command does is
// said in one place, `renderer/shell/commands.ts`.
type Template = Electron.MenuItemConstructorOptions[];

/** The menu's template. Keys are shown, not registered: the window listens to them itself. */
export function menuTemplate(command: (id: string) => void, platform: string): Template {
  const item = (label: string, id: string, key = ''): Template[number] => ({
    label,
    ...(key === '' ? {} : { accelerator: key, registerAccelerator: false }),
    click: () => command(id),
  });
  const line: Template[number] = { type: 'separator' };
  const mac = platform === 'darwin';
  const app: Template = mac ? [{ role: 'appMenu' }] : [];
  return [
    ...app,
    {
      label: '&File',
      submenu: [
        item('New Scratch', 'scratch', 'CmdOrCtrl+Alt+N'),
        item('Open Bundle…', 'open', 'CmdOrCtrl+O'),
        item('Open Bundle Here…', 'open-beside', 'CmdOrCtrl+Shift+O'),
        line,
        item('Save Bundle', 'save', 'CmdOrCtrl+S'),
        item('Share…', 'share', 'CmdOrCtrl+Shift+S'),
        line,
        item('Settings', 'settings', 'CmdOrCtrl+,'),
        line,
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&Run',
      submenu: [
        item('Run', 'run', 'CmdOrCtrl+Return'),
        item('Run to the First Splat', 'first', 'CmdOrCtrl+Shift+Return'),
        item('Campaign', 'drawer-campaign', 'Alt+7'),
        item('Cancel', 'cancel', 'Esc'),
        line,
        item('Verify', 'verify', 'CmdOrCtrl+Shift+V'),
        item('Compare', 'compare', 'CmdOrCtrl+3'),
      ],
    },
    {
      label: '&View',
      submenu: [
        item('Commands', 'palette', 'CmdOrCtrl+Shift+P'),
        item('Write', 'write', 'CmdOrCtrl+1'),
        item('Read', 'read', 'CmdOrCtrl+2'),
        item('Dark or Light', 'theme'),
        line,
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'resetZoom' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { label: '&Help', submenu: [item('Keys', 'help', '?'), item('Guided First Bug', 'guide')] },
  ];
}
