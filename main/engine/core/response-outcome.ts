// What passes between a device and its IOMMU, as checkers see it: the words both sides share.

/** What a `page_request` op carries. */
export interface RequestInfo {
  readonly index: number;
  readonly pasid: number;
  readonly last: boolean;
  /** Counts the groups of the device, so that a reused index is told apart. */
  readonly group: number;
}

/** What a `page_response` op carries. */
export interface ResponseInfo {
  readonly index: number;
  readonly code: number;
  /** Group the answer was meant for, when the sender knows; -1 otherwise. */
  readonly meantFor: number;
}

/** Result of a `prq_enqueue` op that found a free slot. */
export const QUEUED = 'queued';

/** Result of a `page_response` op, as the device sees it. */
export const ACCEPTED = 'accepted';
export const ACCEPTED_DISABLED = 'accepted, interface disabled';
export const UNEXPECTED = 'UPRGI: no such group outstanding';
export const IGNORED = 'ignored: response failure';
