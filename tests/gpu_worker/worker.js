// Runs in a worker: posts the adapter's name, then the outcome of each proof, then that it is at the end.
import init, { prove } from './gpu_worker.js';

try {
  // To WebAssembly browsers hand on less of it.
  const { vendor, architecture } = (await navigator.gpu.requestAdapter()).info;
  postMessage({ adapter: `${vendor} ${architecture}` });
  await init();
  let last = performance.now();
  const engine = await prove((name, problem) => {
    const now = performance.now();
    postMessage({ name, problem, millis: now - last });
    last = now;
  });
  postMessage({ engine });
} catch (error) {
  postMessage({ fault: String(error.message ?? error) });
}
