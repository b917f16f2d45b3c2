// Shows a film's frames one at a time, the last one first. The slider is a plain range input, so
// it takes the keyboard too.
for (const film of document.querySelectorAll('.film')) {
  const frames = [...film.children], slider = document.createElement('input');
  const show = () => {
    frames.forEach((frame, i) => frame.hidden = i != slider.value);
    const name = frames[slider.value].firstElementChild.getAttribute('aria-label');
    slider.setAttribute('aria-valuetext', name);
  };
  Object.assign(slider, {type: 'range', min: 0, max: frames.length - 1, step: 1, oninput: show});
  slider.value = slider.max;
  slider.setAttribute('aria-label', 'Frame of: ' + film.getAttribute('aria-label'));
  film.removeAttribute('tabindex');
  film.classList.add('played');
  film.after(slider);
  show();
}
