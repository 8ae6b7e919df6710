// Section 5 of the specification as data: function, variants, locks in order, sleeping rule, and for
// each result the steps that lead to it. `CHECK(call) => CODE` compares what the call gives.

export interface Row {
  /** Name as stacks show it. */
  readonly fn: string;
  /** Key in the ops or driver table, when it differs. */
  readonly op?: string;
  readonly variants: readonly string[];
  readonly locks: string;
  readonly sleeps: boolean;
  readonly driver: string;
  /** Result → steps. */
  readonly results: Readonly<Record<string, string>>;
}

const L = ['v6.1', 'v6.6'];
const S4 = ['series-v4'];
const S5 = ['series-v5'];
const R = ['refcount-step', 'remove-step'];
const K69 = ['v6.9'];
const K612 = ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'];
const L66_ON = ['v6.6', ...S4, ...S5, ...R, ...K69, ...K612];
const ALL = ['v6.1', ...L66_ON];

const ADD = 'ops.iopf_queue_add_device(kernel, queue, dev.struct)';
const BIND = 'yield* ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5);';
const JOIN = `yield* ${ADD};`;
const REGISTER =
  'ops.iommu_register_device_fault_handler(kernel, dev.struct, ops.iommu_queue_iopf, dev.struct)';
const REPORT = 'ops.iommu_report_device_fault(kernel, dev.struct, fault)';
const PARTIAL = 'ops.iommu_report_device_fault(kernel, dev.struct, partial)';
const UNRECOVERABLE =
  'ops.iommu_report_device_fault(kernel, dev.struct, { ...fault, unrecoverable: true })';
const RESPOND = 'ops.iommu_page_response(kernel, dev.struct, msg)';
const FLUSH = 'ops.iopf_queue_flush_dev(kernel, dev.struct, 5)';
const REMOVE = 'ops.iopf_queue_remove_device(kernel, queue, dev.struct)';
const NO_IOMMU = 'dev.struct.iommu = null;';
const OTHER_QUEUE = "const other = yield* ops.iopf_queue_alloc(kernel, 'other');";
const REMOVE_OTHER = 'ops.iopf_queue_remove_device(kernel, other, dev.struct)';
const noMemory = (object: string): string =>
  `lab.inject.allocFailure({ object: '${object}', probability: 100 });`;
const READY = `${BIND} ${JOIN} yield* ${REGISTER};`;
const SERIES = `${BIND} ${JOIN}`;
const wait = 'yield* lab.k.flush_workqueue(queue.wq);';
const NO_ANSWER = 'kernel.driver = { ...kernel.driver, page_response: null };';
const ANSWER_FAILS =
  "const refuse = lab.fn('refuse', function* () { return -22; }); kernel.driver = { ...kernel.driver, page_response: refuse };";
/** A handler that keeps the group and queues nothing. */
const CAPTURE =
  'const held = {}; lab.patch({ *iommu_sva_iopf_handler(k, g) { held.group = g; return 0; } });';
const STALL = 'mm.struct.stalled = true;';

const row = (
  fn: string,
  variants: readonly string[],
  locks: string,
  results: Record<string, string>,
  more: Partial<Row> = {},
): Row => ({ fn, variants, locks, sleeps: true, driver: 'plain', results, ...more });

/** A handle to try things with: that of an SVA bond on PASID 5. */
const HANDLE = `${BIND} const h = dev.struct.group.pasid_array.slots.get(5);`;
const OLD612 = ['v6.12', 'v6.12-leakfix', 'v6.12-owned'];

const ATTACH = 'ops.iommufd_hwpt_attach_device(kernel, dev.struct, hwpt.struct, 5)';
const READY_USER = `yield* ${ATTACH}; yield* ${REPORT};`;
const GROUP = 'const group = dev.struct.iommu.fault_param.faults.next.entry;';

export const ROWS: readonly Row[] = [
  row('iommu_register_device_fault_handler', L, 'D', {
    '0': `CHECK(${REGISTER}) => CODE;`,
    '-22': `${NO_IOMMU} CHECK(${REGISTER}) => CODE;`,
    '-16': `yield* ${REGISTER}; CHECK(${REGISTER}) => CODE;`,
    '-12': `${noMemory('iommu_fault_param')} CHECK(${REGISTER}) => CODE;`,
  }),
  row('iommu_unregister_device_fault_handler', L, 'D', {
    '0': `yield* ${REGISTER}; CHECK(ops.iommu_unregister_device_fault_handler(kernel, dev.struct)) => CODE;`,
    '-22': `${NO_IOMMU} CHECK(ops.iommu_unregister_device_fault_handler(kernel, dev.struct)) => CODE;`,
    '-16': `${STALL} ${READY} yield* ${REPORT}; CHECK(ops.iommu_unregister_device_fault_handler(kernel, dev.struct)) => CODE; yield* mm.serve();`,
  }),
  row('iommu_report_device_fault', L, 'D F', {
    '0': `${READY} CHECK(${REPORT}) => CODE;`,
    '-22': `CHECK(${REPORT}) => CODE;`,
    '-12': `${READY} ${noMemory('iommu_fault_event')} CHECK(${REPORT}) => CODE;`,
    '-95': `${READY} CHECK(${UNRECOVERABLE}) => CODE;`,
    '-19': `yield* ${REGISTER}; CHECK(${REPORT}) => CODE;`,
  }),
  row('iommu_report_device_fault', S4, 'D F A', {
    '0': `${SERIES} CHECK(${REPORT}) => CODE;`,
    '-22': `${NO_IOMMU} CHECK(${REPORT}) => CODE;`,
    '-12': `${SERIES} ${noMemory('iopf_group')} CHECK(${REPORT}) => CODE;`,
    '-95': `${SERIES} CHECK(${UNRECOVERABLE}) => CODE;`,
    '-19': `${JOIN} CHECK(${REPORT}) => CODE;`,
    '-16': `lab.inject.handlerError({ probability: 100 }); ${SERIES} CHECK(${REPORT}) => CODE;`,
  }),
  row('iommu_report_device_fault', S5, 'D F A', {
    '0': `${SERIES} CHECK(${REPORT}) => CODE;`,
    '-22': `CHECK(${REPORT}) => CODE;`,
    '-12': `${SERIES} ${noMemory('iopf_group')} CHECK(${REPORT}) => CODE;`,
    '-95': `${SERIES} CHECK(${UNRECOVERABLE}) => CODE;`,
    '-19': `${JOIN} CHECK(${REPORT}) => CODE;`,
    '-16': `lab.inject.handlerError({ probability: 100 }); ${SERIES} CHECK(${REPORT}) => CODE;`,
  }),
  row('iommu_report_device_fault', R, 'RCU F A', {
    '0': `${SERIES} CHECK(${REPORT}) => CODE;`,
    '-22': `CHECK(${REPORT}) => CODE;`,
    '-12': `${SERIES} ${noMemory('iopf_group')} CHECK(${REPORT}) => CODE;`,
    '-95': `${SERIES} CHECK(${UNRECOVERABLE}) => CODE;`,
    '-16': `lab.inject.handlerError({ probability: 100 }); ${SERIES} CHECK(${REPORT}) => CODE;`,
  }),
  row('iommu_report_device_fault', K69, 'RCU F A', { '0': `${SERIES} CHECK(${REPORT}) => CODE;` }),
  row('iommu_report_device_fault', K612, 'A RCU F', {
    '0': `${BIND} if (!lab.variant.startsWith('v6.16')) { ${JOIN} } CHECK(${REPORT}) => CODE;`,
    '-22': `CHECK(${REPORT}) => CODE;`,
    '-12': `${BIND} if (!lab.variant.startsWith('v6.16')) { ${JOIN} } ${noMemory('iopf_fault')} CHECK(${PARTIAL}) => CODE;`,
  }),
  row('iommu_queue_iopf', L, '', {
    '0': `${READY} CHECK(ops.iommu_queue_iopf(kernel, partial, dev.struct)) => CODE;`,
    '-95': `${READY} CHECK(ops.iommu_queue_iopf(kernel, { ...fault, unrecoverable: true }, dev.struct)) => CODE;`,
    '-19': 'CHECK(ops.iommu_queue_iopf(kernel, fault, dev.struct)) => CODE;',
    '-12': `${READY} ${noMemory('iopf_group')} CHECK(ops.iommu_queue_iopf(kernel, fault, dev.struct)) => CODE;`,
  }),
  row('iommu_page_response', L, 'F', {
    '0': `${STALL} ${READY} yield* ${REPORT}; CHECK(${RESPOND}) => CODE; yield* mm.serve();`,
    '-19': `${READY} ${NO_ANSWER} CHECK(${RESPOND}) => CODE;`,
    '-22': `${READY} CHECK(${RESPOND}) => CODE;`,
  }),
  row('iommu_page_response', S4, 'F', {
    '0': `${STALL} ${SERIES} yield* ${REPORT}; CHECK(${RESPOND}) => CODE; yield* mm.serve();`,
    '-19': `${SERIES} ${NO_ANSWER} CHECK(${RESPOND}) => CODE;`,
    '-22': `${SERIES} CHECK(${RESPOND}) => CODE;`,
  }),
  row('iommu_page_response', S5, 'D F', {
    '0': `${STALL} ${SERIES} yield* ${REPORT}; CHECK(${RESPOND}) => CODE; yield* mm.serve();`,
    '-19': `CHECK(${RESPOND}) => CODE;`,
    '-22': `${SERIES} CHECK(${RESPOND}) => CODE;`,
  }),
  row('iopf_group_response', R, 'F', {
    '0': `${CAPTURE} ${SERIES} yield* ${REPORT}; CHECK(ops.iopf_group_response(kernel, held.group, 0)) => CODE;`,
    '-22': `${CAPTURE} ${SERIES} yield* ${REPORT}; ${ANSWER_FAILS} CHECK(ops.iopf_group_response(kernel, held.group, 0)) => CODE;`,
  }),
  row('iopf_group_response', K69.concat(K612), 'F', {
    '0': `${STALL} ${BIND} if (!lab.variant.startsWith('v6.16')) { ${JOIN} } yield* ${REPORT}; ${GROUP} CHECK(ops.iopf_group_response(kernel, group, 0)) => CODE; yield* mm.serve();`,
  }),
  row('iopf_group_dequeue', ['v6.12-owned'], 'F', {
    undefined: `${STALL} ${SERIES} yield* ${REPORT}; ${GROUP} CHECK(ops.iopf_group_dequeue(kernel, group)) => CODE; yield* mm.serve();`,
  }),
  row(
    'iopf_free_group',
    [...S4, ...S5, ...R, ...K69, ...K612],
    '',
    {
      undefined: `${BIND} if (!lab.variant.startsWith('v6.16')) { ${JOIN} } yield* ${REPORT}; ${wait}`,
    },
    { sleeps: false },
  ),
  row('iopf_queue_flush_dev', [...L, ...S4], 'D wq', {
    '0': `${JOIN} CHECK(${FLUSH}) => CODE;`,
    '-19': `CHECK(${FLUSH}) => CODE;`,
  }),
  row('iopf_queue_flush_dev', S5, 'D wq F', {
    '0': `${JOIN} CHECK(${FLUSH}) => CODE;`,
    '-19': `CHECK(${FLUSH}) => CODE;`,
    '-22': `${CAPTURE} ${SERIES} yield* ${REPORT}; ${ANSWER_FAILS} CHECK(${FLUSH}) => CODE;`,
  }),
  row('iopf_queue_flush_dev', [...R, ...K69, ...K612], 'wq', {
    '0': `${JOIN} CHECK(${FLUSH}) => CODE;`,
    '-19': `CHECK(${FLUSH}) => CODE;`,
  }),
  row('iopf_queue_discard_partial', [...L, ...S4], 'Q', {
    '0': `${JOIN} CHECK(ops.iopf_queue_discard_partial(kernel, queue)) => CODE;`,
    '-22': 'CHECK(ops.iopf_queue_discard_partial(kernel, null)) => CODE;',
  }),
  row('iopf_queue_discard_partial', [...S5, ...R, ...K69, ...K612], 'Q F', {
    '0': `${JOIN} CHECK(ops.iopf_queue_discard_partial(kernel, queue)) => CODE;`,
    '-22': 'CHECK(ops.iopf_queue_discard_partial(kernel, null)) => CODE;',
  }),
  row('iopf_queue_add_device', L, 'Q D', {
    '0': `CHECK(${ADD}) => CODE;`,
    '-19': `${NO_IOMMU} CHECK(${ADD}) => CODE;`,
    '-12': `${noMemory('iopf_device_param')} CHECK(${ADD}) => CODE;`,
    '-16': `${JOIN} CHECK(${ADD}) => CODE;`,
  }),
  row('iopf_queue_add_device', [...S4, ...S5], 'Q D', {
    '0': `CHECK(${ADD}) => CODE;`,
    '-12': `${noMemory('iommu_fault_param')} CHECK(${ADD}) => CODE;`,
    '-16': `${JOIN} CHECK(${ADD}) => CODE;`,
  }),
  row('iopf_queue_add_device', [...R, ...K69, ...K612], 'Q D', {
    '0': `CHECK(${ADD}) => CODE;`,
    '-19': `${NO_ANSWER} CHECK(${ADD}) => CODE;`,
    '-12': `${noMemory('iommu_fault_param')} CHECK(${ADD}) => CODE;`,
    '-16': `${JOIN} CHECK(${ADD}) => CODE;`,
  }),
  row('iopf_queue_remove_device', L, 'Q D', {
    '0': `${JOIN} CHECK(${REMOVE}) => CODE;`,
    '-22': `CHECK(${REMOVE}) => CODE;`,
  }),
  row('iopf_queue_remove_device', [...S4, ...S5, 'refcount-step'], 'Q D', {
    '0': `${JOIN} CHECK(${REMOVE}) => CODE;`,
    '-19': `CHECK(${REMOVE}) => CODE;`,
    '-22': `${JOIN} ${OTHER_QUEUE} CHECK(${REMOVE_OTHER}) => CODE; yield* ops.iopf_queue_free(kernel, other);`,
    '-16': `${STALL} ${SERIES} yield* ${REPORT}; CHECK(${REMOVE}) => CODE; yield* mm.serve();`,
  }),
  row('iopf_queue_remove_device', ['remove-step', ...K69, ...K612], 'Q D F', {
    '0': `${JOIN} CHECK(${REMOVE}) => CODE;`,
  }),
  row('iopf_queue_alloc', ALL, '', {
    "'pointer'": "CHECK(ops.iopf_queue_alloc(kernel, 'q')) => CODE;",
    null: `${noMemory('iopf_queue')} CHECK(ops.iopf_queue_alloc(kernel, 'q')) => CODE;`,
  }),
  row('iopf_queue_free', ['v6.1', 'v6.6', 'series-v4', 'series-v5', 'refcount-step'], 'Q D wq', {
    undefined: `${JOIN} CHECK(ops.iopf_queue_free(kernel, queue)) => CODE;`,
  }),
  row('iopf_queue_free', ['remove-step', ...K69, ...K612], 'Q D F wq', {
    undefined: `${JOIN} CHECK(ops.iopf_queue_free(kernel, queue)) => CODE;`,
  }),
  row(
    'iommu_sva_bind_device',
    L66_ON.filter((v) => v !== 'v6.16'),
    'S A G',
    {
      "'pointer'": 'CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
      '-19': `${NO_IOMMU} CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;`,
      '-95':
        'kernel.driver = { ...kernel.driver, set_dev_pasid: undefined }; CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
      '-75':
        'dev.struct.pasid_max = 4; CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
      '-28': `${BIND} const two = lab.addressSpace('two'); CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, two.struct, 5)) => CODE;`,
      '-12': `${noMemory('iommu_attach_handle')} CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;`,
    },
  ),
  row('iommu_sva_bind_device', ['v6.16'], 'S A G Q D', {
    "'pointer'": 'CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
  }),
  row(
    'iommu_sva_bind_device',
    L66_ON.filter((v) => v !== 'v6.6'),
    'S A',
    {
      '-16':
        'yield* lab.driver.attach(dev, 5, faults); CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
    },
  ),
  row(
    'iommu_sva_unbind_device',
    L66_ON.filter((v) => v !== 'v6.16'),
    'S G A',
    {
      undefined:
        'const h = yield* ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5); CHECK(ops.iommu_sva_unbind_device(kernel, dev.struct, 5, h)) => CODE;',
    },
    { driver: 'smmuv3' },
  ),
  row('iommu_sva_unbind_device', ['v6.16'], 'S G Q D F A', {
    undefined:
      'const h = yield* ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5); CHECK(ops.iommu_sva_unbind_device(kernel, dev.struct, 5, h)) => CODE;',
  }),
  row(
    'iommu_attach_handle_get',
    K612,
    'A',
    {
      "'pointer'": `${BIND} CHECK(ops.iommu_attach_handle_get(dev.struct, 5)) => CODE;`,
      '-2': 'CHECK(ops.iommu_attach_handle_get(dev.struct, 5)) => CODE;',
      '-16': `${BIND} CHECK(ops.iommu_attach_handle_get(dev.struct, 5, 'nested')) => CODE;`,
    },
    { sleeps: false },
  ),
  row('iommu_attach_group_handle', OLD612, 'G A', {
    '0': `${HANDLE} CHECK(ops.iommu_attach_group_handle(kernel, h.domain, dev.struct, h)) => CODE;`,
    '-16': `${HANDLE} yield* ops.iommu_attach_group_handle(kernel, h.domain, dev.struct, h); CHECK(ops.iommu_attach_group_handle(kernel, h.domain, dev.struct, h)) => CODE;`,
  }),
  row('iommu_attach_group_handle', ['v6.16'], 'G A Q D', {
    '0': 'yield* ops.iommufd_hwpt_attach_device(kernel, dev.struct, hwpt.struct, 0);',
    '-16':
      'yield* ops.iommufd_hwpt_attach_device(kernel, dev.struct, hwpt.struct, 0); CHECK(ops.iommufd_hwpt_attach_device(kernel, dev.struct, hwpt.struct, 0)) => CODE;',
    '-12': `${noMemory('iommu_fault_param')} CHECK(ops.iommufd_hwpt_attach_device(kernel, dev.struct, hwpt.struct, 0)) => CODE;`,
  }),
  row('iommu_replace_group_handle', K612, 'G A', {
    '0': `${HANDLE} CHECK(ops.iommu_replace_group_handle(kernel, dev.struct, h.domain, h)) => CODE;`,
    '-22': `${HANDLE} CHECK(ops.iommu_replace_group_handle(kernel, dev.struct, null, h)) => CODE;`,
  }),
  row(
    'iommu_attach_device_pasid',
    L66_ON.filter((v) => v !== 'v6.16'),
    'G A',
    {
      '0': `${HANDLE} CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, dev.struct, 6, h)) => CODE;`,
      '-95': `${HANDLE} kernel.driver = { ...kernel.driver, set_dev_pasid: undefined }; CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, dev.struct, 6, h)) => CODE;`,
      '-19': `${HANDLE} CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, null, 6, h)) => CODE;`,
      '-22': `${HANDLE} CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, dev.struct, 0, h)) => CODE;`,
      '-16': `${HANDLE} CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, dev.struct, 5, h)) => CODE;`,
    },
  ),
  row('iommu_attach_device_pasid', ['v6.16'], 'G A Q D', {
    '0': `${HANDLE} CHECK(ops.iommu_attach_device_pasid(kernel, h.domain, dev.struct, 6, h)) => CODE;`,
    '-12': `${noMemory('iommu_fault_param')} CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;`,
  }),
  row(
    'iommufd_fault_iopf_handler',
    ['v6.12', 'v6.12-leakfix', 'v6.16'],
    'FS',
    {
      undefined: `${READY_USER}`,
    },
    { sleeps: false },
  ),
  row('iommufd_fault_iopf_handler', ['v6.12-owned'], 'F FS', { undefined: `${READY_USER}` }),
  row('iommufd_fault_iopf_handler', ['v6.12~deliver-spinlock'], 'FM', {
    undefined: `${READY_USER}`,
  }),
  row('iommufd_fault_fops_read', K612, 'FM FS', {
    '40': `${READY_USER} const r = yield* faults.read(); yield* lab.expect.equal(r.bytes, 40, 'bytes');`,
    '0': `yield* ${ATTACH}; const r = yield* faults.read(); yield* lab.expect.equal(r.bytes, 0, 'bytes');`,
    '-29':
      "const r = yield* faults.read({ bytes: 41 }); yield* lab.expect.equal(r.bytes, -29, 'bytes'); const all = yield* faults.read(); yield* lab.expect.equal(all.bytes, 0, 'nothing');",
    '-14': `lab.inject.userCopy({}); ${READY_USER} const r = yield* faults.read(); yield* lab.expect.equal(r.bytes, -14, 'bytes');`,
    '-12': `${READY_USER} ${noMemory('xa_node')} const r = yield* faults.read(); yield* lab.expect.equal(r.bytes, -12, 'bytes');`,
  }),
  row('iommufd_fault_fops_read', ['v6.12-owned'], 'FM FS', {
    '-22': `${READY_USER} const r = yield* faults.read({ bytes: 0 }); yield* lab.expect.equal(r.bytes, 0, 'no room asked'); yield* ops.iommu_report_device_fault(kernel, dev.struct, { ...partial, grpid: 1 }); yield* ops.iommu_report_device_fault(kernel, dev.struct, { ...fault, grpid: 1 }); yield* faults.read({ records: 1 }); const small = yield* faults.read({ records: 1 }); yield* lab.expect.equal(small.bytes, -22, 'too small');`,
  }),
  row('iommufd_fault_fops_write', K612, 'FM F', {
    '8': `${READY_USER} const r = yield* faults.read(); CHECK(faults.write([{ cookie: r.records[0].cookie, code: 'success' }])) => CODE;`,
    '-29':
      "yield* lab.expect.equal(yield* faults.write([], { bytes: 7 }), -29, 'odd'); yield* lab.expect.equal(yield* faults.write([], { bytes: 0 }), 0, 'none');",
    '-22': 'CHECK(faults.write([{ cookie: 9 }])) => CODE;',
  }),
  row('iommufd_fault_fops_write', ['v6.12-owned'], 'FM', {
    '-14': 'lab.inject.userCopy({}); CHECK(faults.write([{ cookie: 9 }])) => CODE;',
  }),
  row('iommufd_fault_fops_write', ['v6.12', 'v6.12-leakfix', 'v6.16'], 'FM', {
    '8': 'lab.inject.userCopy({}); CHECK(faults.write([{ cookie: 9 }])) => CODE;',
  }),
  row(
    'iommufd_fault_fops_poll',
    K612,
    'FS',
    {
      "'EPOLLOUT'": 'CHECK(faults.poll()) => CODE;',
      "'EPOLLOUT|EPOLLIN|EPOLLRDNORM'": `${READY_USER} CHECK(faults.poll()) => CODE;`,
    },
    { sleeps: false },
  ),
  row('iommufd_fault_fops_poll', ['v6.12~deliver-spinlock'], 'FM', {
    "'EPOLLOUT'": 'CHECK(faults.poll()) => CODE;',
  }),
  // On v6.16 removal has freed the group before (B14): nothing may wait there.
  row('iommufd_auto_response_faults', ['v6.16'], 'FM FS', {
    undefined: `yield* ${ATTACH}; yield* ops.iommufd_hwpt_detach_device(kernel, dev.struct, 5);`,
  }),
  row('iommufd_auto_response_faults', [...OLD612, 'v6.16~owned'], 'FM FS F', {
    undefined: `${READY_USER} yield* ops.iommufd_hwpt_detach_device(kernel, dev.struct, 5);`,
  }),
  row(
    'iommufd_hwpt_attach_device',
    ['v6.12', 'v6.12-leakfix', 'v6.12-owned'],
    'IG enable Q D G A',
    {
      '0': `CHECK(${ATTACH}) => CODE;`,
      '-22': `dev.struct.is_virtfn = true; CHECK(${ATTACH}) => CODE;`,
      '-12': `${noMemory('iommufd_attach_handle')} CHECK(${ATTACH}) => CODE;`,
      '-16': `yield* ${ATTACH}; CHECK(${ATTACH}) => CODE;`,
    },
  ),
  row('iommufd_hwpt_attach_device', ['v6.16'], 'IG enable G A Q D', {
    '0': `CHECK(${ATTACH}) => CODE;`,
    '-22': `dev.struct.is_virtfn = true; CHECK(${ATTACH}) => CODE;`,
    '-12': `${noMemory('iommufd_attach_handle')} CHECK(${ATTACH}) => CODE;`,
    '-16': `yield* ${ATTACH}; CHECK(${ATTACH}) => CODE;`,
  }),
  row(
    'pci_enable_pri',
    ALL,
    '',
    {
      '0': 'dev.struct.hw.regs.write("CTRL", 0); CHECK(ops.pci_enable_pri(dev.struct)) => CODE;',
      '-22':
        'dev.struct.hw.regs.write("CTRL", 0); dev.struct.pri_supported = false; CHECK(ops.pci_enable_pri(dev.struct)) => CODE;',
      '-16': 'dev.struct.hw.regs.write("CTRL", 1); CHECK(ops.pci_enable_pri(dev.struct)) => CODE;',
    },
    { sleeps: false },
  ),
  row(
    'pci_reset_pri',
    ALL,
    '',
    {
      '0': 'dev.struct.hw.regs.write("CTRL", 0); CHECK(ops.pci_reset_pri(dev.struct)) => CODE;',
      '-22':
        'dev.struct.hw.regs.write("CTRL", 0); dev.struct.pri_supported = false; CHECK(ops.pci_reset_pri(dev.struct)) => CODE;',
      '-16': 'dev.struct.hw.regs.write("CTRL", 1); CHECK(ops.pci_reset_pri(dev.struct)) => CODE;',
    },
    { sleeps: false },
  ),
  row(
    'intel_iommu_enable_iopf',
    ['v6.9', 'v6.12', 'v6.12-leakfix', 'v6.12-owned'],
    'Q D unit',
    {
      '0': 'CHECK(kernel.driver.enable_iopf(kernel, dev.struct)) => CODE;',
      '-19':
        'dev.struct.pri_supported = false; CHECK(kernel.driver.enable_iopf(kernel, dev.struct)) => CODE;',
      '-16':
        'yield* kernel.driver.enable_iopf(kernel, dev.struct); CHECK(kernel.driver.enable_iopf(kernel, dev.struct)) => CODE;',
      '-12': `${noMemory('iommu_fault_param')} CHECK(kernel.driver.enable_iopf(kernel, dev.struct)) => CODE;`,
    },
    { driver: 'vt-d', op: 'enable_iopf' },
  ),
  row(
    'intel_iommu_enable_iopf',
    ['v6.16'],
    'Q D',
    {
      "'pointer'": 'CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
      '-19':
        'dev.struct.pri_enabled = false; CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;',
      '-16': `${JOIN} CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;`,
      '-12': `${noMemory('iommu_fault_param')} CHECK(ops.iommu_sva_bind_device(kernel, dev.struct, mm.struct, 5)) => CODE;`,
    },
    { driver: 'vt-d', op: 'enable_iopf' },
  ),
  row(
    'intel_drain_pasid_prq',
    ['v6.1'],
    'D wq P',
    {
      undefined: `${BIND} yield* lab.driver.enableIopf(dev); yield* ops.iommu_sva_unbind_device(kernel, dev.struct, 5, null);`,
    },
    { driver: 'vt-d', op: 'drain_prq' },
  ),
  row(
    'intel_drain_pasid_prq',
    [...R, ...K69, 'v6.12', 'v6.12-leakfix', 'v6.12-owned'],
    'wq',
    {
      undefined: `${BIND} yield* lab.driver.enableIopf(dev); yield* kernel.driver.drain_prq(kernel, dev.struct, 5);`,
    },
    { driver: 'vt-d', op: 'drain_prq' },
  ),
];
