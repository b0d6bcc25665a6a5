import type { Cloud } from '../../reconcile/ports.ts'
import { createAges } from './ages.ts'
import { type AzureOptions, openConnection } from './connection.ts'
import { createDoubts } from './doubts.ts'
import { createFailing } from './failing.ts'
import { createLooks } from './looks.ts'
import { observeWorkspace } from './observe.ts'
import { patientUploads } from './patient-uploads.ts'
import { createResting } from './resting.ts'
import { startAction } from './start.ts'
import { openUploads } from './upload.ts'
import { workspaceReader } from './workspace.ts'

/** The Azure side of one workspace, by Microsoft's client. */
export function openAzure(options: AzureOptions): Cloud {
  const connection = openConnection(options)
  const { client, clock, limits, budget } = connection
  const eager = openUploads({ client, clock, limits, storage: connection })
  const uploads = patientUploads(eager, limits.uploadPatienceMs)
  const state = {
    doubts: createDoubts(),
    resting: createResting(clock, limits),
    ages: createAges(clock),
    looks: createLooks(clock, budget),
    failing: createFailing(clock),
    listed: new Map(),
  }
  const workspace = workspaceReader({ address: options.workspace, client, clock, limits })
  const reading = { ...connection, ...state, workspace, failures: new Map() }
  const starting = { ...connection, ...state, uploads }
  return {
    observe: (wanted, signal) => observeWorkspace(reading, wanted, signal),
    start: (action, content, signal) => startAction(starting, action, content, signal),
  }
}
