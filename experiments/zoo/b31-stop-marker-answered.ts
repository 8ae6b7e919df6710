// A Stop Marker looks like a last page that wants nothing; it closed a group and was answered.
import { experiment } from 'faultline';

export default experiment(
  'B31: Stop Marker answered or reported',
  {
    bug: 'B31',
    marking: 'documented',
    story: `The device stops working for a PASID and sends a Stop Marker: the last-page bit, and neither
read nor write. Between 5.12 and 5.17 the interrupt thread reported it like any last page; it
got an answer nobody expects.`,
    variants: [
      'v6.1',
      'v6.1~drop-stop-markers',
      'v6.9',
      'v6.9~drop-stop-markers',
      'v6.12',
      'v6.16',
    ],
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.1 vt-d': 'holds',
      'v6.1~drop-stop-markers vt-d': 'response-rules',
      'v6.9 vt-d': 'holds',
      'v6.9~drop-stop-markers vt-d': 'response-rules',
      'v6.12 vt-d': 'holds',
      'v6.16 vt-d': 'holds',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID, index: 3 });
        yield* dev.stopMarker({ pasid: PASID, index: 3 });
      },
      'device',
    );
  },
);
