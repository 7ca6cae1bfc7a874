# rewriter
