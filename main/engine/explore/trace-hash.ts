// Tells the traces of executions apart, and knows nothing else of them: the vector clocks of happens-before
// (`clocks.ts`) without the events and without races. Samplers do this at every step of every run, so that nothing
// is made anew here from run to run.
import { clash } from '../core/footprint';
import { twice } from '../core/twice';
import { Clocks, ROOM, stillMatters, TASK_LIMIT } from './clocks';
import { mix } from './signature';

/** Accesses to a place that there is room for in the beginning. */
const ENTRIES = 8;
/** Numbers of own events whose hashes are kept. */
const HASHED = 256;

/** The events of one execution, as far as their order goes. */
export class TraceHash extends Clocks {
  private high = 0;
  private low = 0;
  /** By number of a task and of its own event; good for the task whose key is in `hashed`. */
  private readonly hashes = new Int32Array(TASK_LIMIT * HASHED);
  private readonly hashed = new Float64Array(TASK_LIMIT);

  /** Per place: the accesses that matter to later ones, as event * 16 + mode; the first `counts` of them. */
  private readonly touched: Int32Array[] = [];
  private counts = new Int32Array(ROOM);
  /** Places with accesses. */
  private used = new Int32Array(ROOM);
  private nUsed = 0;

  /** Forget the execution. */
  clear(): void {
    for (let i = 0; i < this.nUsed; i++) this.counts[this.used[i] as number] = 0;
    this.nUsed = 0;
    this.n = 0;
    this.high = 0;
    this.low = 0;
    this.barrierAt = -1;
    this.forgetTasks();
  }

  override task(key: number): number {
    const p = super.task(key);
    // Most executions meet the same tasks in the same order: their hashes are there.
    if (this.hashed[p] !== key) {
      this.hashed[p] = key;
      this.hashes.fill(0, p * HASHED, (p + 1) * HASHED);
    }
    return p;
  }

  /**
   * Add the next event.
   * @param touches its footprint: the first `length` entries
   */
  add(p: number, touches: Int32Array, length: number): void {
    const e = this.next(p);
    const row = e * TASK_LIMIT;
    const { clocks, proc, own, touched, counts } = this;
    for (let i = 0; i < length; i++) {
      const touch = touches[i] as number;
      const list = touched[touch >>> 4];
      if (list === undefined) continue;
      const n = counts[touch >>> 4] as number;
      for (let k = 0; k < n; k++) {
        const entry = list[k] as number;
        const c = entry >>> 4;
        const q = proc[c] as number;
        if (q === p || !clash(entry & 15, touch & 15)) continue;
        if ((own[c] as number) > (clocks[row + q] as number)) this.join(row, c * TASK_LIMIT);
      }
    }
    for (let i = 0; i < length; i++) this.note(e, p, touches[i] as number);
    this.hash(row, p, own[e] as number);
  }

  /** The same for executions of one trace and, up to chance (2^-64), for no others. */
  signature(): string {
    return `${this.high >>> 0}.${this.low >>> 0}`;
  }

  /** As `signatureOf`, event by event. */
  private hash(row: number, p: number, own: number): void {
    const { clocks, keys } = this;
    let a = mix(keys[p] as number, own);
    for (let q = 0; q < keys.length; q++) {
      const n = clocks[row + q] as number;
      if (n > 0) a = (a + this.hashOf(q, n)) | 0;
    }
    this.high = (this.high + mix(a, 1)) | 0;
    this.low = (this.low + mix(a, 2)) | 0;
  }

  private hashOf(q: number, n: number): number {
    if (n >= HASHED) return mix(this.keys[q] as number, n);
    const known = this.hashes[q * HASHED + n] as number;
    if (known !== 0) return known;
    const made = mix(this.keys[q] as number, n);
    this.hashes[q * HASHED + n] = made;
    return made;
  }

  /** Remember an access for the events to come; as `EventClocks.note`, in place. */
  private note(e: number, p: number, touch: number): void {
    const place = touch >>> 4;
    const mode = touch & 15;
    const list = this.listOf(place);
    const { counts, proc } = this;
    const old = counts[place] as number;
    let kept = 0;
    for (let k = 0; k < old; k++) {
      const o = list[k] as number;
      if (stillMatters(o & 15, mode, proc[o >>> 4] === p)) list[kept++] = o;
    }
    if (old === 0) this.use(place);
    if (kept === list.length) {
      const wider = twice(list);
      this.touched[place] = wider;
      wider[kept] = e * 16 + mode;
    } else list[kept] = e * 16 + mode;
    counts[place] = kept + 1;
  }

  private listOf(place: number): Int32Array {
    const known = this.touched[place];
    if (known !== undefined) return known;
    while (place >= this.counts.length) this.counts = twice(this.counts);
    while (this.touched.length <= place) this.touched.push(new Int32Array(ENTRIES));
    return this.touched[place] as Int32Array;
  }

  private use(place: number): void {
    if (this.nUsed === this.used.length) this.used = twice(this.used);
    this.used[this.nUsed++] = place;
  }
}
