import { expect, test } from '@jest/globals'
import { createCommits } from '../support/commits.ts'
import { runUntil } from '../support/rehearsal.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import { simulate } from '../support/simulation.ts'

/** What the template's environment is built from. */
test.each([
  ['a local folder', '{ path: ./context }'],
  ['a local folder with spaces and letters of other scripts', '{ path: ./my größe }'],
  ['a Dockerfile of another name', '{ path: ./context, dockerfile_path: docker/Other }'],
  ['a Git address', '{ path: "git+https://github.com/contoso/images.git#main:fraud" }'],
  ['an https address', '{ path: "https://contoso.blob.core.windows.net/images/fraud/" }'],
  ['a datastore', '{ path: "azureml://datastores/workspaceblobstore/paths/images/fraud" }'],
])('an environment that is built from %s converges, and so does what uses it', async (_, build) => {
  const world = await simulate({ timeScale: 10, seed: 3 })
  const commits = createCommits()
  const dockerfile = 'FROM mcr.microsoft.com/azureml/minimal-py312-inference:latest\n'
  commits.commit({
    ...rolloutFiles({ model: 1 }),
    'environment.yml': `$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json
name: fraud-env
version: "1"
build: ${build}
`,
    'context/Dockerfile': dockerfile,
    'context/docker/Other': dockerfile,
    'my größe/Dockerfile': dockerfile,
  })
  const controller = world.startController(commits)
  await runUntil(world, controller, ({ converged }) => converged)
  const { plan } = await controller.tick()
  expect([plan.changes, plan.held]).toEqual([[], []])
})
