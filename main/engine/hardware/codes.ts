// Response codes as the IOPF core names them (`enum iommu_page_response_code`). FAILURE is written
// to a VT-d descriptor unchanged; the device takes it for Response Failure (2.1).
export const CODE_SUCCESS = 0;
export const CODE_INVALID = 1;
export const CODE_FAILURE = 2;
export const CODE_NAMES = ['SUCCESS', 'INVALID', 'FAILURE'] as const;

/** Bytes of a page. */
export const PAGE_BYTES = 4096;
/** PASID 0 stands for "no PASID": the requester id alone. */
export const NO_PASID = 0;
