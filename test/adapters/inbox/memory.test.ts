import { expect, test } from '@jest/globals'
import { createInbox } from '../../../src/adapters/inbox/memory.ts'
import type { IntentAnswer } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'

const answer = (result: IntentAnswer['result'], id = 'first'): IntentAnswer => {
  return { intent: a.intent({ id }), result, message: 'So be it.' }
}

test('what is put in rings, is given out until it is answered, and its operator hears the answer', async () => {
  const inbox = createInbox()
  let rings = 0
  inbox.onPut(() => {
    rings += 1
  })
  const heard = inbox.put(a.intent())
  expect(rings).toBe(1)
  expect(inbox.take()).toEqual([a.intent()])
  inbox.answer([answer('pending')])
  expect(inbox.take()).toEqual([a.intent()])
  inbox.answer([answer('accepted')])
  expect(inbox.take()).toEqual([])
  expect(await heard).toEqual(answer('accepted'))
})

test('what waits is given out again as it was heard: bound to what it is about, and until when', async () => {
  const inbox = createInbox()
  void inbox.put(a.intent())
  const bound = a.intent({ about: { revision: '3f2a9c1e' }, until: { at: 1, setting: 0 } })
  inbox.answer([{ ...answer('pending'), intent: bound }])
  expect(inbox.take()).toEqual([bound])
  inbox.answer([{ ...answer('pending', 'nobody'), intent: a.intent({ id: 'nobody' }) }])
  expect(inbox.take()).toEqual([bound])
})

test('who waits no longer hears that it is pending; the word itself stays', async () => {
  const inbox = createInbox()
  const patience = new AbortController()
  const heard = inbox.put(a.intent(), patience.signal)
  patience.abort()
  expect((await heard).result).toBe('pending')
  expect(inbox.take()).toEqual([a.intent()])
  expect((await inbox.put(a.intent({ id: 'second' }), AbortSignal.abort())).result).toBe('pending')
})

test('who waits no longer hears what it waits for, as the last tick said', async () => {
  const inbox = createInbox()
  const patience = new AbortController()
  const heard = inbox.put(a.intent(), patience.signal)
  inbox.answer([{ ...answer('pending'), message: 'Take it over first.' }])
  patience.abort()
  expect((await heard).message).toMatch(
    /^Take it over first[.] It is carried out as soon as it can/,
  )
})

test('answers to others are not heard', async () => {
  const inbox = createInbox()
  const first = inbox.put(a.intent())
  const second = inbox.put(a.intent({ id: 'second' }))
  inbox.answer([answer('refused', 'second'), answer('accepted', 'nobody')])
  expect((await second).result).toBe('refused')
  inbox.answer([answer('accepted')])
  expect((await first).result).toBe('accepted')
})

test('a flood is refused, and leaves what waits as it is', async () => {
  const inbox = createInbox()
  for (let count = 0; count < 50; count += 1) void inbox.put(a.intent({ id: `${count}` }))
  expect((await inbox.put(a.intent({ id: 'late' }))).result).toBe('refused')
  expect(inbox.take()).toHaveLength(50)
})
