/* ImageMagick's coder for JPEG XL, which Debian's ImageMagick lacks: libjxl decodes.

   ImageMagick loads it as a module. It reads only: a bare codestream from memory, and of
   an animation the first frame. headers/boxed/jxl.py has checked the size before. */

#include <MagickCore/MagickCore.h>
#include <jxl/decode.h>
#include <stdlib.h>

typedef struct {
    JxlDecoder *decoder;
    Image *image;
    ExceptionInfo *exception;
    JxlBasicInfo info;
    JxlPixelFormat format;
    void *pixels;
    int no_memory; /* whether libjxl did not get some */
} Reader;

static void *allocate(void *reader, size_t size) {
    void *memory = malloc(size);
    ((Reader *)reader)->no_memory |= !memory;
    return memory;
}

static void release(void *reader, void *memory) {
    (void)reader;
    free(memory);
}

static int fail(Reader *reader, ExceptionType kind, const char *reason) {
    (void)ThrowMagickException(reader->exception, GetMagickModule(), kind, reason, "`%s'", "jxl");
    return 0;
}

static int corrupt(Reader *reader) {
    if (reader->no_memory)
        return fail(reader, ResourceLimitError, "MemoryAllocationFailed");
    return fail(reader, CorruptImageError, "JPEG XL data is damaged");
}

/* libjxl turns the image upright itself: these are its width and height afterwards. */
static int take_size(Reader *reader) {
    JxlBasicInfo *info = &reader->info;
    if (JxlDecoderGetBasicInfo(reader->decoder, info) != JXL_DEC_SUCCESS)
        return corrupt(reader);
    int gray = info->num_color_channels == 1;
    uint32_t channels = (gray ? 1 : 3) + (info->alpha_bits > 0);
    int fits = info->bits_per_sample <= 8;
    reader->format = (JxlPixelFormat){
        channels, fits ? JXL_TYPE_UINT8 : JXL_TYPE_UINT16, JXL_NATIVE_ENDIAN, 0};
    reader->image->depth = fits ? 8 : 16;
    reader->image->columns = info->xsize;
    reader->image->rows = info->ysize;
    return 1;
}

/* A lossy image can be decoded to any colour space: sRGB, as variants have. A lossless one
   keeps its colours and their profile. */
static int take_colors(Reader *reader) {
    JxlColorEncoding srgb = {.color_space = JXL_COLOR_SPACE_RGB,
                             .white_point = JXL_WHITE_POINT_D65,
                             .primaries = JXL_PRIMARIES_SRGB,
                             .transfer_function = JXL_TRANSFER_FUNCTION_SRGB,
                             .rendering_intent = JXL_RENDERING_INTENT_PERCEPTUAL};
    size_t length = 0;
    if (reader->info.num_color_channels == 1)
        srgb.color_space = JXL_COLOR_SPACE_GRAY;
    if (!reader->info.uses_original_profile &&
        JxlDecoderSetPreferredColorProfile(reader->decoder, &srgb) == JXL_DEC_SUCCESS)
        return 1;
    if (JxlDecoderGetICCProfileSize(reader->decoder, JXL_COLOR_PROFILE_TARGET_DATA, &length) !=
            JXL_DEC_SUCCESS ||
        !length)
        return 1;
    StringInfo *profile = AcquireStringInfo(length);
    int taken = JxlDecoderGetColorAsICCProfile(reader->decoder, JXL_COLOR_PROFILE_TARGET_DATA,
                                               GetStringInfoDatum(profile),
                                               length) == JXL_DEC_SUCCESS;
    if (taken)
        (void)SetImageProfile(reader->image, "icc", profile, reader->exception);
    (void)DestroyStringInfo(profile);
    return taken || corrupt(reader);
}

static int give_memory(Reader *reader) {
    size_t length = 0;
    if (JxlDecoderImageOutBufferSize(reader->decoder, &reader->format, &length) !=
            JXL_DEC_SUCCESS ||
        reader->pixels)
        return corrupt(reader);
    reader->pixels = allocate(reader, length);
    if (!reader->pixels)
        return corrupt(reader);
    return JxlDecoderSetImageOutBuffer(reader->decoder, &reader->format, reader->pixels,
                                       length) == JXL_DEC_SUCCESS ||
           corrupt(reader);
}

static int read_first_frame(Reader *reader) {
    for (;;)
        switch (JxlDecoderProcessInput(reader->decoder)) {
        case JXL_DEC_BASIC_INFO:
            if (!take_size(reader))
                return 0;
            break;
        case JXL_DEC_COLOR_ENCODING:
            if (!take_colors(reader))
                return 0;
            break;
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
            if (!give_memory(reader))
                return 0;
            break;
        case JXL_DEC_FULL_IMAGE:
            return reader->pixels || corrupt(reader);
        case JXL_DEC_NEED_MORE_INPUT:
            return fail(reader, CorruptImageError, "insufficient image data in file");
        default:
            return corrupt(reader);
        }
}

static int start(Reader *reader, const ImageInfo *image_info) {
    int events = JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE;
    JxlMemoryManager memory = {reader, allocate, release};
    JxlDecoder *decoder = reader->decoder = JxlDecoderCreate(&memory);
    if (!decoder)
        return corrupt(reader);
    if (!image_info->blob)
        return fail(reader, CoderError, "JPEG XL is read from memory only");
    int ready = JxlDecoderSubscribeEvents(decoder, events) == JXL_DEC_SUCCESS &&
                JxlDecoderSetUnpremultiplyAlpha(decoder, JXL_TRUE) == JXL_DEC_SUCCESS &&
                JxlDecoderSetInput(decoder, image_info->blob, image_info->length) ==
                    JXL_DEC_SUCCESS;
    return ready || corrupt(reader);
}

static const char *map(const Reader *reader) {
    int gray = reader->info.num_color_channels == 1;
    if (reader->info.alpha_bits > 0)
        return gray ? "IA" : "RGBA";
    return gray ? "I" : "RGB";
}

static int take_pixels(Reader *reader) {
    Image *image = reader->image;
    int gray = reader->info.num_color_channels == 1;
    int bytes = reader->format.data_type == JXL_TYPE_UINT8;
    if (reader->info.alpha_bits > 0)
        image->alpha_trait = BlendPixelTrait;
    if (SetImageExtent(image, image->columns, image->rows, reader->exception) == MagickFalse)
        return 0;
    if (gray && SetImageColorspace(image, GRAYColorspace, reader->exception) == MagickFalse)
        return 0;
    return ImportImagePixels(image, 0, 0, image->columns, image->rows, map(reader),
                             bytes ? CharPixel : ShortPixel, reader->pixels,
                             reader->exception) != MagickFalse;
}

static Image *read_image(const ImageInfo *image_info, ExceptionInfo *exception) {
    Reader reader = {.image = AcquireImage(image_info, exception), .exception = exception};
    int done = start(&reader, image_info) && read_first_frame(&reader);
    if (reader.decoder)
        JxlDecoderDestroy(reader.decoder); /* before ImageMagick needs as much memory */
    done = done && take_pixels(&reader);
    free(reader.pixels);
    return done ? reader.image : DestroyImageList(reader.image);
}

ModuleExport size_t RegisterJXLImage(void) {
    MagickInfo *entry = AcquireMagickInfo("JXL", "JXL", "JPEG XL (ISO/IEC 18181)");
    entry->decoder = (DecodeImageHandler *)read_image;
    (void)RegisterMagickInfo(entry);
    return MagickImageCoderSignature;
}

ModuleExport void UnregisterJXLImage(void) { (void)UnregisterMagickInfo("JXL"); }
