//! OpenGL, where none is current. What a buffer's sharing does is shown by the example `15-opengl`.

use cuda::Code;
use cuda::gl::{GraphicsMapFlags, RegisteredBuffer, RegisteredImage};

use super::on_device;

/// `GL_TEXTURE_2D`.
const TEXTURE_2D: u32 = 0x0DE1;

#[test]
fn a_buffer_of_no_context_is_refused() {
    on_device(|context| {
        let error = RegisteredBuffer::new(context, 1, GraphicsMapFlags::None).unwrap_err();
        // The other where OpenGL is not installed.
        let codes = [Code::InvalidValue, Code::OperatingSystem];
        assert!(codes.contains(&error.code()), "{error}");
        assert!(error.to_string().contains("OpenGL"), "{error}");
    });
}

#[test]
fn images_are_not_shared() {
    on_device(|context| {
        let error = RegisteredImage::new(context, 1, TEXTURE_2D, GraphicsMapFlags::None);
        let error = error.unwrap_err();
        assert_eq!(error.code(), Code::NotSupported, "{error}");
        assert!(error.to_string().contains("glReadPixels"), "{error}");
    });
}
