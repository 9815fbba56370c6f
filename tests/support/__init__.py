"""What tests share: fakes of AWS, images, and ImageMagick as the reference."""
