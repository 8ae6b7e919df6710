// timeline view model: windows, pixels and steps agree.
import { describe, expect, test } from 'vitest';
import {
  clampWindow,
  LABEL_WIDTH,
  lowerBound,
  stepAt,
  wholeRun,
  xOf,
  zoom,
} from '../../renderer/timeline/view-model';

describe('window', () => {
  test('a pixel inside a step leads back to the step', () => {
    const w = wholeRun(100);
    for (let s = 1; s <= 100; s++) expect(stepAt(w, 800, xOf(w, 800, s) + 1)).toBe(s);
    expect(xOf(w, 800, w.from)).toBe(LABEL_WIDTH);
  });
  test('zooming keeps the step under the pointer, and stays inside the run', () => {
    const w = clampWindow(zoom(wholeRun(1000), 0.1, 500), 1000, 800);
    expect(w.from).toBeLessThan(500);
    expect(w.to).toBeGreaterThan(500);
    expect(clampWindow({ from: -50, to: 20 }, 1000, 800).from).toBe(0.5);
    const out = clampWindow(zoom(wholeRun(1000), 5, 500), 1000, 800);
    expect(out.to - out.from).toBeLessThanOrEqual(1001);
  });
  test('lower bound', () => {
    const s = Uint32Array.from([2, 4, 8]);
    expect([1, 2, 3, 8, 9].map((n) => lowerBound(s, n))).toEqual([0, 0, 1, 2, 3]);
  });
});
