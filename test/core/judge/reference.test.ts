import { expect, test } from '@jest/globals'
import { tellSkipped, venvWith } from '../../sandbox/python/index-venv.ts'
import { farthestFromReference } from './oracle.ts'
import { oracleStreams } from './streams.ts'

const numpy = await venvWith(['numpy==2.*'])
const SEED = 20_240_901

if ('python' in numpy) {
  test(`agrees with the numpy reference to 1e-9 on 1,000 streams (seed ${SEED})`, () => {
    const farthest = farthestFromReference(numpy.python, oracleStreams(1000, SEED))
    expect(farthest).toBeLessThan(1e-9)
  })
} else {
  tellSkipped('the numpy reference', numpy.reason)
  test.skip(`the numpy reference (${numpy.reason})`, () => undefined)
}
