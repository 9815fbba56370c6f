"""What tests share: fakes of AWS, pictures, ImageMagick as the judge."""
