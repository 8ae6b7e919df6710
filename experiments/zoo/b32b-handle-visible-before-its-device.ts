// A second binder gets the handle of the first and unbinds, before the first has written the
// device into it.
import { experiment } from 'faultline';

export default experiment(
  'B32: (b) the handle is visible before its device is set',
  {
    bug: 'B32',
    marking: 'documented',
    story: `Two tasks bind one address space to one device and share a handle. The first writes the device
into it after dropping the lock; the second has found the handle and unbinds through a null
device. Since 2026 the device is set first.`,
    variants: ['v6.6', 'v6.9', 'v6.12', 'v6.12~handle-dev-first', 'v6.12-owned', 'v6.16'],
    drivers: ['plain'],
    preemptions: 2,
    expected: {
      'v6.6 plain': 'null-dereference',
      'v6.9 plain': 'null-dereference',
      'v6.12 plain': 'null-dereference',
      'v6.12~handle-dev-first plain': 'holds',
      'v6.12-owned plain': 'holds',
      'v6.16 plain': 'null-dereference',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;

    for (const name of ['process A', 'process B']) {
      lab.task(name, function* () {
        const handle = yield* lab.driver.bind(dev, mm, PASID);
        yield* lab.driver.unbind(dev, PASID, handle);
      });
    }
  },
);
