// The page that measures: its buttons, and what a program calls that measures from outside.
import init, { measure } from './bench.js';

const CHOICES = [
  ['', 'ceiling', 'SIMD ceiling of one core'],
  ['W1', 'train', 'small: train'],
  ['W1', 'infer', 'small: read'],
  ['W1', 'test', 'small: test'],
  ['W1', 'epoch', 'small: 6,000 images'],
  ['', 'learn98', 'MNIST: learn to 98 %'],
  ['', 'learn99', 'MNIST: learn to 99 %'],
  ['W2', 'train', 'slides: train'],
  ['W2', 'infer', 'slides: read'],
  ['W2', 'test', 'slides: test'],
  ['W2', 'epoch', 'slides: 6,000 images'],
  ['lenet5', 'train', 'LeNet-5: train'],
];
// What is told of each figure: its unit, and how to write it.
const FIGURES = {
  imgsPerSec: (x) => `${Math.round(x).toLocaleString('en')} images/s`,
  gflops: (x) => `${x.toFixed(1)} GFLOP/s`,
  accuracy: (x) => `${(100 * x).toFixed(2)} % of the test images`,
  seconds: (x) => `${x.toFixed(2)} s`,
  workers: (x) => `${x} ${x === 1 ? 'worker' : 'workers'}`,
  gpu: (x) => (x ? 'on the GPU' : ''),
  capped: (x) => (x ? 'ended early' : ''),
};
const at = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
at('workers').value = Number(asked.get('workers')) || Math.min(navigator.hardwareConcurrency || 1, 8);
at('engine').value = asked.get('engine') === 'gpu' ? 'gpu' : 'cpu';

const byHand = async (button, workload, mode) => {
  for (const other of at('choices').children) other.disabled = true;
  at('state').textContent = `${button.textContent} …`;
  try {
    const result = await window.bench({ workload, mode });
    const told = Object.entries(FIGURES).map(([name, write]) => name in result && write(result[name]));
    at('results').insertRow().append(...[button.textContent, told.filter(Boolean).join(', ')].map((text) => {
      const cell = document.createElement('td');
      cell.textContent = text;
      return cell;
    }));
    at('state').textContent = 'Ready.';
  } catch (error) {
    at('state').textContent = `${button.textContent}: ${error.message}`;
  }
  for (const other of at('choices').children) other.disabled = false;
};

await init();
at('choices').append(...CHOICES.map(([workload, mode, text]) => {
  const button = document.createElement('button');
  button.textContent = text;
  button.onclick = () => byHand(button, workload, mode);
  return button;
}));
at('state').textContent = 'Ready.';
// For whoever measures from outside; may be called the moment it is there.
window.bench = ({
  workload, mode, capMs = 110000, forMs = 3000, workers = Number(at('workers').value), engine = at('engine').value,
}) => measure(workload, mode, workers, engine, forMs, capMs);
