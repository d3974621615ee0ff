import BoraCore

/// How fast a device runs Bora's own kernels: measured once per machine and driver, or stated for
/// hardware that is not there. Nothing is assumed from a device's name.
package struct DeviceSpeed: Codable, Equatable, Sendable {
    /// A linear layer whose weights are of one format.
    package struct Format: Codable, Equatable, Sendable {
        package let type: ElementType
        /// Stored weight bytes per second with one column of activations.
        package let bytesPerSecond: Double
        /// Multiplications and additions per second with as many columns as a prompt's chunk.
        package let operationsPerSecond: Double
        /// Fixed cost of a row of weights with one column, in seconds: the sum over those who share
        /// a row, and what is done with it. It weighs where rows are short.
        package let rowOverhead: Double

        package init(
            type: ElementType, bytesPerSecond: Double, operationsPerSecond: Double,
            rowOverhead: Double = 0
        ) {
            self.type = type
            self.bytesPerSecond = bytesPerSecond
            self.operationsPerSecond = operationsPerSecond
            self.rowOverhead = rowOverhead
        }
    }

    /// Keys and values that are taken to stay in a processor's own caches.
    package static let nearCacheBytes = 4 << 20
    /// Medians make up for as much `waiting` as this; a program that keeps a core busy all the time
    /// makes 0.7 and more. A GPU in software has threads that wait for one another, up to 0.45.
    package static let calmWaiting = 0.55

    package var formats: [Format]
    /// Keys and values read per second by attention of one token, in bytes.
    package var cacheBytesPerSecond: Double
    /// The same where a step reads no more than `nearCacheBytes` of them: a processor's own caches
    /// have them from the step before.
    package var nearCacheBytesPerSecond: Double
    /// Fixed cost of a token's keys and values in one head besides their bytes, when attention of
    /// one token reads them, in seconds: narrow heads take longer for their bytes than wide ones.
    package var headTokenOverhead = 0.0
    /// Multiplications and additions per second of a prompt's attention.
    package var attentionOperationsPerSecond: Double
    /// Fixed cost of a segment: submission and wait, in seconds.
    package var segmentOverhead: Double
    /// Fixed cost of a layer's operations besides the bytes and operations counted, in seconds.
    package var layerOverhead: Double
    /// Seconds that threads had to wait for a processor, for each second of measuring: what other
    /// programs took of it.
    package var waiting = 0.0

    package init(
        formats: [Format], cacheBytesPerSecond: Double, nearCacheBytesPerSecond: Double? = nil,
        attentionOperationsPerSecond: Double, segmentOverhead: Double, layerOverhead: Double
    ) {
        self.formats = formats
        self.cacheBytesPerSecond = cacheBytesPerSecond
        self.nearCacheBytesPerSecond = nearCacheBytesPerSecond ?? cacheBytesPerSecond
        self.attentionOperationsPerSecond = attentionOperationsPerSecond
        self.segmentOverhead = segmentOverhead
        self.layerOverhead = layerOverhead
    }

    /// Whether other programs were in the way, so that the device is faster than it seems.
    package var isDisturbed: Bool { waiting > Self.calmWaiting }

    package subscript(type: ElementType) -> Format? { formats.first { $0.type == type } }
}
