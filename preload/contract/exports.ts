// The exports of a run: what each is called, and whether it is read on the screen or saved.

/** One export. */
export interface ExportKind {
  readonly title: string;
  /** End of the name of its file. */
  readonly ending: string;
  /** Text that is short enough to be shown; others are saved. */
  readonly shown: boolean;
  readonly binary?: boolean;
}

export const EXPORT_KINDS = {
  race: { title: 'Race diagram', ending: '.race.txt', shown: true },
  report: { title: 'Mail report', ending: '.report.txt', shown: true },
  splat: { title: 'Splat', ending: '.splat.txt', shown: true },
  token: { title: 'Replay token', ending: '.token.txt', shown: true },
  ftrace: { title: 'ftrace text', ending: '.ftrace.txt', shown: true },
  kunit: { title: 'KUnit outline', ending: '.kunit.c', shown: true },
  perfetto: { title: 'Perfetto trace', ending: '.pftrace', shown: false, binary: true },
  svg: { title: 'Timeline as SVG', ending: '.svg', shown: false },
  png: { title: 'Timeline as PNG', ending: '.png', shown: false, binary: true },
  csv: { title: 'Events as CSV', ending: '.csv', shown: false },
  json: { title: 'Events as JSON', ending: '.json', shown: false },
  arrow: { title: 'Events as Arrow', ending: '.arrow', shown: false, binary: true },
  junit: { title: 'JUnit verdict', ending: '.junit.xml', shown: false },
} as const satisfies Record<string, ExportKind>;

export type ExportName = keyof typeof EXPORT_KINDS;

/** Every export by name. */
export const EXPORTS = Object.keys(EXPORT_KINDS) as readonly ExportName[];

/** Is `name` an export? */
export function isExport(name: string): name is ExportName {
  return Object.hasOwn(EXPORT_KINDS, name);
}
