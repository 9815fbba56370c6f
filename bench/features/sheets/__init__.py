"""In each module, `sheet` draws one feature; None if the photos are not there."""
