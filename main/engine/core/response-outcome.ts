// What passes between a device and its IOMMU, as checkers see it: the words both sides share.

/** What a `page_request` op carries. */
export interface RequestInfo {
  readonly index: number;
  readonly pasid: number;
  readonly last: boolean;
  /** Counts the groups of the device, so that a reused index is told apart. */
  readonly group: number;
  /** A Stop Marker: takes no credit, gets no answer. */
  readonly marker: boolean;
  /** Pages of the group up to this request, from `addr` on, bytes. */
  readonly pages: number;
  readonly addr: number;
  /** The page table that the PASID led to when the request was sent. */
  readonly space: {
    readonly uid: number;
    readonly name: string;
    resolved(addr: number, pages: number): boolean;
  } | null;
}

/** What a `page_response` op carries. */
export interface ResponseInfo {
  readonly index: number;
  readonly pasid: number;
  readonly code: number;
  /** Group the answer was meant for, when the sender knows; -1 otherwise. */
  readonly meantFor: number;
}

/** Result of a `prq_enqueue` op that found a free slot. */
export const QUEUED = 'queued';

/** Result of a `prq_enqueue` op that found the ring full. */
export const DISCARDED = 'discarded: overflow';

/** Result of a `page_response` op, as the device sees it. */
export const ACCEPTED = 'accepted';
export const ACCEPTED_DISABLED = 'accepted, interface disabled';
/** The same response twice: the first closed the group, the second found nothing. */
export const DUPLICATE = 'accepted, then UPRGI: sent twice';
export const UNEXPECTED = 'UPRGI: no such group outstanding';
export const IGNORED = 'ignored: response failure';
/** An injected fault has swallowed the response. */
export const LOST = 'lost on the way';

/** The device is not there any more. */
export const GONE = 'nobody there: device is gone';
