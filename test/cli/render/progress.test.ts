import { expect, test } from '@jest/globals'
import { progressText } from '../../../src/cli/render/status.ts'
import type { Outcome } from '../../../src/core/model/report.ts'
import * as a from '../../support/report.ts'

const many = Array.from({ length: 30 }, (_, place) => a.deployment(`fleet-${place}`, 'blue'))

test.each<[string, readonly Outcome[], RegExp]>([
  [
    'each by its name',
    many.slice(0, 2).map((ref) => a.started(ref)),
    /: \w+ fleet-0\/blue started, \w+ fleet-1\/blue started$/,
  ],
  ['many of the same by their number', many.map((ref) => a.started(ref)), /: \w+ 30 × started$/],
  [
    'what waits for its turn as that, not as failed',
    many.map((ref) => a.failed(ref, { reason: 'Queued' })),
    /: \w+ 30 × queued$/,
  ],
  [
    'what failed with its reason',
    [a.failed(many[0] ?? a.endpoint('x'))],
    /: \w+ fleet-0\/blue failed \(OutOfQuota\)$/,
  ],
])('progress tells %s', (_, outcomes, line) => {
  expect(progressText(a.report({ converged: false, outcomes }))).toMatch(line)
})

test('progress tells what is waited for, many of the same by their number', () => {
  const held = many.map(
    (ref) => ({ ref, state: 'waiting', reason: 'EndpointBusy', message: 'x' }) as const,
  )
  const report = a.report({ converged: false, plan: a.plan({ held: [...held] }) })
  expect(progressText(report)).toBe('fraud-prod: 30 × EndpointBusy')
})

test('progress tells of what is missing, and who waits may bring about, what it is', () => {
  const message = 'errors: The candidate has had no requests since the start.'
  const held = [{ ref: a.endpoint('fraud'), state: 'waiting', reason: 'NoData', message } as const]
  const report = a.report({ converged: false, plan: a.plan({ held }) })
  expect(progressText(report)).toBe(`fraud-prod: fraud NoData: ${message}`)
})

test('progress of many tells how many are as Git says', () => {
  const resources = many.map((ref, place) => (place < 12 ? a.resource(ref) : a.drifted(ref)))
  const outcomes = many.slice(12).map((ref) => a.failed(ref, { reason: 'Queued' }))
  expect(progressText(a.report({ converged: false, outcomes, resources }))).toMatch(
    /^fraud-prod: 12 of 30 synced; \w+ 18 × queued$/,
  )
})
