// swift-tools-version: 6.2
import PackageDescription

/// Measures Bora's kernels one by one: `swift run -c release kernels`, or `attention`.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "bora", path: "..")],
    targets: [
        .executableTarget(
            name: "kernels", dependencies: [.product(name: "CKernels", package: "bora")]),
        .executableTarget(
            name: "attention", dependencies: [.product(name: "CKernels", package: "bora")]),
    ],
    cLanguageStandard: .gnu2x
)
