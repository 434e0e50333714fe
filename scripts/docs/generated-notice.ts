// The line at the top of every generated page.

export const generatedNotice = '*Written from the code by `npm run docs`; the gate fails when it differs.*';
