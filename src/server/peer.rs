//! The other end of a connection, which may be slow, stuck, or still talking.
//!
//! Reading has its deadlines in the HTTP layer. Writing and closing have theirs here: a peer that
//! does not take its answer is given up, and one that is still sending a request that has been
//! answered already is heard out for a moment, because closing with unread input makes the kernel
//! reset the connection and destroys the answer on its way (RFC 9112, section 9.6).

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep, sleep_until},
};

use super::connections::Usage;

/// Silence after which a peer is taken to have said everything.
pub(super) const SILENCE: Duration = Duration::from_millis(250);
/// The longest a closed connection is read from.
const LINGER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Peer<S> {
    stream: S,
    usage: Arc<Usage>,
    write_patience: Duration,
    /// When a byte was last read, or was to be written.
    stirred: Instant,
    /// Runs while a write waits for the peer.
    stalled: Option<Pin<Box<Sleep>>>,
    closing: Option<Closing>,
}

#[derive(Debug)]
struct Closing {
    silence: Pin<Box<Sleep>>,
    until: Instant,
}

impl<S> Peer<S> {
    pub fn new(stream: S, usage: Arc<Usage>, write_patience: Duration) -> Self {
        Self { stream, usage, write_patience, stirred: Instant::now(), stalled: None, closing: None }
    }

    fn patiently<T>(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if write.is_ready() {
            self.stalled = None;
            return write;
        }
        let patience = self.write_patience;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Peer<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.stirred = Instant::now();
            self.usage.begins();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Peer<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.stirred = Instant::now();
        self.patiently(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.stirred = Instant::now();
        self.patiently(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.patiently(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // One that has been silent for as long already is not waited for again.
        let silent = this.stirred + SILENCE;
        if this.closing.is_none() {
            let shut = Pin::new(&mut this.stream).poll_shutdown(cx);
            ready!(this.patiently(cx, shut))?;
        }
        let closing = this
            .closing
            .get_or_insert_with(|| Closing { silence: Box::pin(sleep_until(silent)), until: Instant::now() + LINGER });
        let mut discarded = [0; 8192];
        loop {
            let mut buffer = ReadBuf::new(&mut discarded);
            match Pin::new(&mut this.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let silence = (Instant::now() + SILENCE).min(closing.until);
                    closing.silence.as_mut().reset(silence);
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return closing.silence.as_mut().poll(cx).map(Ok),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_given_up() {
        let (near, _far) = tokio::io::duplex(16);
        let mut peer = Peer::new(near, Arc::default(), Duration::from_millis(20));
        let error = peer.write_all(&[0; 64]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_still_sends_is_heard_out() {
        let (near, mut far) = tokio::io::duplex(16);
        let mut peer = Peer::new(near, Arc::default(), Duration::from_secs(5));
        let sender = tokio::spawn(async move {
            far.write_all(&[0; 4096]).await.expect("the other end still reads");
            let mut answer = Vec::new();
            far.read_to_end(&mut answer).await.expect("the answer arrives");
            answer
        });
        peer.write_all(b"no").await.expect("there is room");
        peer.shutdown().await.expect("the peer finishes");
        assert_eq!(sender.await.expect("no panic"), b"no");
    }

    #[tokio::test]
    async fn a_peer_that_has_long_been_silent_is_not_waited_for() {
        let (near, _far) = tokio::io::duplex(16);
        let mut peer = Peer::new(near, Arc::default(), Duration::from_secs(5));
        peer.write_all(b"yes").await.expect("there is room");
        peer.stirred = peer.stirred.checked_sub(2 * SILENCE).expect("the clock began before");
        peer.flush().await.expect("nothing is held back");
        assert!(peer.shutdown().now_or_never().expect("at once").is_ok());
    }
}
