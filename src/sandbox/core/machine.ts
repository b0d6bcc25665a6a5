import type { ArmRequest, ArmResponse, Container, EndpointView } from './contract.ts'
import type { Fault } from './faults.ts'
import { settingsOf, type WorkspaceOptions } from './options.ts'
import type { State } from './state.ts'

export type { Fault } from './faults.ts'
export { parseFault } from './faults.ts'
export type { Latencies, WorkspaceOptions } from './options.ts'
export type { State } from './state.ts'

/** A fresh workspace: no endpoints, its default datastore, nothing else. The result is plain JSON. */
export function createWorkspace(options: WorkspaceOptions, now = 0): State {
  return {
    version: 1,
    settings: settingsOf(options),
    createdAtMs: now,
    drawn: 0,
    resources: {},
    operations: {},
    buckets: {},
    faults: [],
    logs: {},
  }
}

/** Answers one control-plane request at the instant `now` (ms since 1970). Changes `state` in place and returns it. */
export function respond(
  state: State,
  _request: ArmRequest,
  _now: number,
): { state: State; response: ArmResponse } {
  return { state, response: { status: 501, headers: {} } }
}

/**
 * The runtime tells how a deployment's container does. Ignored for a deployment that is gone and for a generation
 * that is not the newest.
 */
export function setContainer(
  _state: State,
  _endpoint: string,
  _deployment: string,
  _containerGeneration: number,
  _container: Container,
  _now: number,
): void {}

/** Adds text to what getLogs answers for a deployment; the last 64 KiB are kept. */
export function appendLog(_state: State, _endpoint: string, _deployment: string, _text: string): void {}

/** What the data plane needs, as in force at `now`. Changes `state` only by settling what time has ended. */
export function endpointViews(_state: State, _now: number): EndpointView[] {
  return []
}

/** Puts a fault into the workspace; it strikes matching requests or operations from now on. */
export function injectFault(_state: State, _fault: Fault, _now: number): void {}

/** Takes all faults out again. */
export function clearFaults(state: State): void {
  state.faults = []
}

/** The next instant at which something changes by itself; undefined = nothing will. */
export function nextEventAt(_state: State, _now: number): number | undefined {
  return undefined
}
