import { parentPort } from 'node:worker_threads'
import { JOBS, type Job } from './jobs.ts'

parentPort?.on('message', ({ name, input }: Job) => {
  parentPort?.postMessage(JOBS[name](input as never))
})
