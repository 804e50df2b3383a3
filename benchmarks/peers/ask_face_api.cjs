// npm @vladmandic/face-api on wasm: a detector, landmarks, expression, age and gender. It cannot read JPEG without
// more packages, so the picture comes as RGB bytes of a square.
const fs = require('node:fs');
const path = require('node:path');

const [peers, file, seconds] = process.argv.slice(2);
const modules = path.join(peers, 'node_modules');
const own = (name) => require(path.join(modules, name));

const main = async () => {
  const wasm = own('@tensorflow/tfjs-backend-wasm');
  const faceapi = own('@vladmandic/face-api/dist/face-api.node-wasm.js');
  wasm.setWasmPaths(`${path.join(modules, '@tensorflow/tfjs-backend-wasm/dist')}/`);
  await faceapi.tf.setBackend('wasm');
  await faceapi.tf.ready();
  const models = path.join(modules, '@vladmandic/face-api/model');
  const { ssdMobilenetv1, faceLandmark68Net, faceExpressionNet, ageGenderNet } = faceapi.nets;
  for (const net of [ssdMobilenetv1, faceLandmark68Net, faceExpressionNet, ageGenderNet]) await net.loadFromDisk(models);
  const bytes = new Uint8Array(fs.readFileSync(file));
  const side = Math.sqrt(bytes.length / 3);
  const picture = faceapi.tf.tensor3d(bytes, [side, side, 3], 'int32');
  const ask = () => faceapi.detectAllFaces(picture).withFaceLandmarks().withFaceExpressions().withAgeAndGender();
  if (!(await ask()).length) throw new Error('a face was expected');
  const times = [];
  const end = performance.now() + 1000 * Number(seconds);
  while (performance.now() < end) {
    const start = performance.now();
    await ask();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
};

main();
