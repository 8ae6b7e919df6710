// Pictures for slides: an SVG made by the lab, as PNG.

/** Pixels of the picture for one of the drawing: sharp on a projector. */
const SCALE = 2;

/** Draw an SVG of the lab's own making; its text is a data URL, so nothing is fetched. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width * SCALE, image.height * SCALE);
  const c = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  c.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await blob.arrayBuffer());
}
