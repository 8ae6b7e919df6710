// The timeline as PNG: the SVG drawn by resvg with fonts that travel with the lab, so that the same run gives
// the same picture in the window, on the command line, and on every machine.
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import wasm from '@resvg/resvg-wasm/index_bg.wasm?url&inline';
import regular from 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url&inline';
import bold from 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf?url&inline';

/** Pixels of the picture for one of the drawing: sharp on a projector. */
const SCALE = 2;

function inlined(url: string): Uint8Array {
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

let ready: Promise<void> | null = null;

/** An SVG of the lab's own making as PNG; nothing is fetched. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  ready ??= initWasm(inlined(wasm));
  await ready;
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: {
      fontBuffers: [inlined(regular), inlined(bold)],
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  });
  const picture = drawing.render();
  const png = picture.asPng();
  picture.free();
  drawing.free();
  return png;
}
