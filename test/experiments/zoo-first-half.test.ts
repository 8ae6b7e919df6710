// The first half of the bug zoo (`test/support/zoo.ts`).
import { zooTests } from '../support/zoo';

zooTests(0, 2);
