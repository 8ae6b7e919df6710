// What the window shows. Every pane follows this one state; none talks to another. The verbs that change
// it are in the files beside this one.
import { reactive, shallowReactive } from 'vue';
import type {
  CampaignCell,
  CheckResult,
  Hello,
  RunSummary,
  RunView,
  SettingsShape,
  VerifyShape,
} from '../../preload/contract/calls';
import type {
  CellShape,
  ComparisonShape,
  FlowShape,
  InspectorState,
  NoteShape,
  OpenChoices,
} from '../../preload/contract/shapes';

/** Large values live here; they are replaced, never changed in place. */
export const big = shallowReactive({
  hello: null as Hello | null,
  view: null as RunView | null,
  inspector: null as InspectorState | null,
  choices: null as OpenChoices | null,
  /** By event: 0 concurrent with the cursor, 1 before, 2 after, 3 itself; null when off. */
  cone: null as Uint8Array | null,
  /** By event: 1 when the filter shows it; null without a filter. */
  shown: null as Uint8Array | null,
  /** Steps that the search found, ascending. */
  hits: new Uint32Array(0) as Uint32Array,
  /** Arrows that begin or end at the cursor's step. */
  flows: [] as readonly FlowShape[],
  /** Links of the cursor's step to choose from. */
  links: [] as readonly FlowShape[],
  check: { title: '', story: '', cells: [], expected: {} } as CheckResult,
  campaign: [] as readonly CampaignCell[],
  /** The two compared runs: A is `view`. */
  other: null as RunView | null,
  comparison: null as ComparisonShape | null,
});

/** One open script. */
export interface ScriptTab {
  /** Gallery id, name of a scratch, or run id of a bundle. */
  readonly id: string;
  readonly kind: 'gallery' | 'scratch' | 'bundle';
  title: string;
  text: string;
}

export type DrawerTab =
  | 'console'
  | 'events'
  | 'choices'
  | 'campaign'
  | 'summary'
  | 'changes'
  | 'splat'
  | 'notes';

export const session = reactive({
  tabs: [] as ScriptTab[],
  tab: '',
  cell: { variant: '', driver: '' } as CellShape,
  running: null as null | {
    job: string;
    label: string;
    executions: number;
    findings: number;
    /** How much of a file is made, 0 to 1. */
    share: number;
    since: number;
  },
  /** Bundles that saves left behind which were cut off, until the user has seen it. */
  recovered: [] as string[],
  runs: [] as RunSummary[],
  pinnedRuns: [] as string[],
  step: 0,
  /** Marked steps; 0 for none. */
  markA: 0,
  markB: 0,
  /** Chosen range of steps, or null. */
  range: null as null | { from: number; to: number },
  /** Track that has the focus, by id. */
  track: '',
  pinned: [] as string[],
  hidden: [] as string[],
  /** Tracks moved by hand: ids in their order. */
  order: [] as string[],
  filter: '',
  search: '',
  coneOn: false,
  /** Are the orders that the worst finding needs drawn? */
  ordersOn: false,
  playing: false,
  /** Events a second. */
  speed: 10,
  notes: [] as NoteShape[],
  drawer: 'console' as DrawerTab,
  drawerOpen: true,
  inspectorTab: 'state' as 'state' | 'ledger' | 'iopf',
  /** Does the IOPF lens leave out requests that were answered? */
  onlyOpen: false,
  recent: [] as string[],
  /** Verify results by run id. */
  verified: {} as Record<string, VerifyShape>,
  /** Run waiting for consent to execute its script. */
  consent: null as null | RunSummary,
  error: '',
  info: '',
  lost: false,
  /** Report of a bundle that only a later lab can open; empty for none. */
  report: '',
  /** A bundle that is being opened: title and verdict; empty for none. */
  opening: '',
  settings: {
    theme: 'system',
    layout: 'write',
    grouping: 'task',
    axis: 'step',
    guided: false,
  } as SettingsShape,
  /** The theme in force. */
  theme: 'dark' as 'dark' | 'light',
  /** How far the guided first bug has come; -1 when it is over. */
  guide: -1,
});

/** The open script's tab. */
export function activeTab(): ScriptTab | undefined {
  return session.tabs.find((t) => t.id === session.tab);
}

/** Text of the open script. */
export function scriptText(): string {
  return activeTab()?.text ?? '';
}
