// Texts that the build puts into the lab: gallery scripts, their typings, the kernel models.
import type { GalleryEntry } from '../../preload/contract/shapes';
import { sha256 } from '../bundle/digests';

const scripts = import.meta.glob('../../experiments/[0-9]*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;
const bugs = import.meta.glob('../../experiments/zoo/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;
const declarations = import.meta.glob('../../experiments/*.d.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;
const models = import.meta.glob('../engine/**/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;

/** The gallery, in its order. Titles and stories are read from the text: nothing is executed. */
export function gallery(): GalleryEntry[] {
  return entries('gallery', scripts);
}

/** The bug zoo, by number. */
export function zoo(): GalleryEntry[] {
  return entries('zoo', bugs);
}

function entries(group: GalleryEntry['group'], from: Record<string, string>): GalleryEntry[] {
  return Object.keys(from)
    .sort()
    .map((path) => {
      const script = from[path] ?? '';
      const title = /experiment\(\s*'((?:[^'\\]|\\.)+)'/.exec(script)?.[1] ?? path;
      const story = (/story: `([^`]*)`/.exec(script)?.[1] ?? '').replace(/\s+/g, ' ');
      const id = path.replace(/^.*\/|\.ts$/g, '');
      return { group, id, title, story, script };
    });
}

/** Declarations of the lab API for the editor. */
export function typings(): string {
  return Object.keys(declarations)
    .sort()
    .map((k) => declarations[k])
    .join('\n');
}

/**
 * Source of a model file.
 * @throws Error when the engine has no such file
 */
export function modelSource(file: string): string {
  const text = models[`../${file}`];
  if (text === undefined) throw new Error(`the engine has no file ${file}`);
  return text;
}

let known: Map<string, string> | null = null;

/** The script of the gallery or the zoo with this SHA-256, or null. */
export function scriptByDigest(digest: string): string | null {
  known ??= new Map([...gallery(), ...zoo()].map((g) => [sha256(g.script), g.script]));
  return known.get(digest) ?? null;
}
