//! tonic's codec, with the bound on the size of a message that tonic 0.1 lacks.

use tonic::codec::{Codec, DecodeBuf, Decoder, ProstCodec};
use tonic::Status;

/// The longest message that is accepted, in bytes.
const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// Refuses too long a message once it is there: tonic 0.1 shows a codec only whole messages.
#[derive(Debug)]
pub(crate) struct BoundedCodec<T, U>(ProstCodec<T, U>);

impl<T, U> Default for BoundedCodec<T, U>
where
    ProstCodec<T, U>: Default,
{
    fn default() -> Self {
        Self(ProstCodec::default())
    }
}

impl<T, U> Codec for BoundedCodec<T, U>
where
    ProstCodec<T, U>: Codec,
{
    type Encode = <ProstCodec<T, U> as Codec>::Encode;
    type Decode = <ProstCodec<T, U> as Codec>::Decode;
    type Encoder = <ProstCodec<T, U> as Codec>::Encoder;
    type Decoder = BoundedDecoder<<ProstCodec<T, U> as Codec>::Decoder>;

    fn encoder(&mut self) -> Self::Encoder {
        self.0.encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedDecoder(self.0.decoder())
    }
}

/// A decoder that checks the size first.
#[derive(Debug)]
pub(crate) struct BoundedDecoder<D>(D);

impl<D: Decoder<Error = Status>> Decoder for BoundedDecoder<D> {
    type Item = D::Item;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let length = bytes::Buf::remaining(message);
        if length > MAX_MESSAGE_BYTES {
            return Err(Status::resource_exhausted(format!(
                "the message has {length} bytes, at most {MAX_MESSAGE_BYTES} are taken"
            )));
        }
        self.0.decode(message)
    }
}
