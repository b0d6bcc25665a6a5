import { parentPort, workerData } from 'node:worker_threads'
import { comparePredictions } from '../core/rollout/predictions.ts'

/** The thread of `compareInThread`: takes both outputs and the trial, posts its answer, and ends. */
const { stable, candidate, trial } = workerData
parentPort?.postMessage(comparePredictions(stable, candidate, trial))
