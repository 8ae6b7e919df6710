// Colours of event families on the canvas, and the shape that says the same without colour.

export interface FamilyStyle {
  readonly dark: string;
  readonly light: string;
  /** One character drawn in the event when there is room. */
  readonly glyph: string;
}

const STYLES: Readonly<Record<string, FamilyStyle>> = {
  memory: { dark: '#7f8fa6', light: '#6b7a90', glyph: 'm' },
  lifetime: { dark: '#e69f00', light: '#b37600', glyph: 'A' },
  lock: { dark: '#56b4e9', light: '#0b76b8', glyph: 'L' },
  refcount: { dark: '#cc79a7', light: '#a14a7f', glyph: 'R' },
  rcu: { dark: '#b59ae0', light: '#7a57b8', glyph: 'g' },
  work: { dark: '#4cc9a0', light: '#00805a', glyph: 'W' },
  wait: { dark: '#8fb8de', light: '#4a6f98', glyph: 'w' },
  task: { dark: '#5c6675', light: '#98a3b3', glyph: 't' },
  hardware: { dark: '#f0e442', light: '#8a7d00', glyph: 'H' },
  time: { dark: '#d0d6df', light: '#3d4756', glyph: 'z' },
  note: { dark: '#ffffff', light: '#000000', glyph: '*' },
};

/** Style of a family; unknown ones look like memory. */
export function familyStyle(family: string): FamilyStyle {
  return STYLES[family] ?? (STYLES.memory as FamilyStyle);
}
