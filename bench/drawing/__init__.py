"""Line charts as SVG: their axes and lines."""
